"""`python -m triallink` is the command line."""

from triallink.cli.main import main

main()
