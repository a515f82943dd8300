"""`triallink demo`: a world to look around in."""

import json
import time

import click

from triallink.demo import loading, showing
from triallink.demo.scale import WORLDS


@click.group()
def command() -> None:
    """Load a demo world and say what is in it."""


@command.command()
@click.option("--world", type=click.Choice(sorted(WORLDS)), default="small", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another world.")
@click.option("--if-empty", is_flag=True, help="Do nothing, and say nothing, if there are data already.")
def load(world: str, seed: int, if_empty: bool) -> None:
    """Load a demo world into an empty database."""
    if if_empty and (loading.world_present() or not loading.is_empty()):
        return
    start = time.monotonic()

    def say(step: str) -> None:
        click.echo(f"{time.monotonic() - start:6.1f} s  {step}")

    loading.load_world(world, seed=seed, say=say)
    say(f"the {world} world is loaded")


@command.command()
@click.option("--json", "as_json", is_flag=True)
def show(as_json: bool) -> None:
    """Say what is in the world and who can be signed in as."""
    counts, cast = showing.counts(), showing.cast()
    if as_json:
        people = [member.__dict__ for member in cast]
        click.echo(json.dumps({"world": loading.world_present(), "counts": counts, "cast": people}))
        return
    for name, number in counts.items():
        click.echo(f"{number:>9,}  {name}")
    click.echo()
    for member in cast:
        click.echo(f"{member.email:32} {member.name:24} {member.title}, {member.organization}")
    if cast:
        click.echo(f"\nEverybody signs in, and signs, with the password {showing.PASSWORD}")
