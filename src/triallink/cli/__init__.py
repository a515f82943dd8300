"""The command line: `triallink <noun> <verb>`."""
