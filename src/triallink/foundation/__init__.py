"""Record, history, signatures, files, notices, jobs, compute and search: what every domain stands on."""
