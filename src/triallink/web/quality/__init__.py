"""Pages of quality: who may sell, who may work, and the process library."""
