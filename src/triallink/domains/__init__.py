"""The domains of clinical research, one package each; DESIGN §3 gives their order."""
