"""`triallink`: every module of this package that has a click object named `command` is a command."""

import gc
import importlib
import os
import pkgutil
import sys

import click

import triallink.cli
from triallink.kernel.refusals import Refusal
from triallink.kernel.text import refuse_unstorable

EXIT_REFUSED, EXIT_USAGE = 1, 2
NOT_COMMANDS = {"acting", "main", "rows"}


class CommandFolder(click.Group):
    """Loads a command's module only when it is asked for, so that --help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the modules beside this one."""
        names = (module.name for module in pkgutil.iter_modules(triallink.cli.__path__))
        return sorted(name.replace("_", "-") for name in names if name not in NOT_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command of that module, with Django ready."""
        if name not in self.list_commands(ctx):
            return None
        import django

        # Loading makes hardly any garbage, and looking for it takes a fifth of the time.
        gc.disable()
        django.setup()
        module = importlib.import_module(f"triallink.cli.{name.replace('-', '_')}")
        gc.freeze()
        gc.enable()
        found: click.Command | None = getattr(module, "command", None)
        return found


@click.group(cls=CommandFolder)
@click.version_option(package_name="triallink")
def cli() -> None:
    """Trial.Link: trade, do and verify clinical research."""


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triallink.project.settings")
    try:
        # Bytes that are no UTF-8 arrive as halves of surrogate pairs.
        for argument in sys.argv[1:]:
            refuse_unstorable(argument, argument.encode("utf-8", "backslashreplace").decode())
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except Refusal as refusal:
        from triallink.foundation.sentences import sentence_of

        click.echo(sentence_of(refusal), err=True)
        sys.exit(EXIT_REFUSED)
