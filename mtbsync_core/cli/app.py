"""The verbs, put together. A verb's module, and with it the engine, is imported when the verb is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from mtbsync_core.cli import flags

_HELP = """Find the places of one mountain-bike run again in another run of the same trail.

You have a reference run with markers and a new run. One command does all of it:

    mtbsync align reference.mp4 new.mp4 --markers markers.csv --out result

No recordings at hand? mtbsync demo makes a pair and shows what comes out.
"""

_VERBS = {
    "align": ("align:align", "All of it: two recordings and markers in, a folder out."),
    "index": ("index:index", "Keep what was seen of a reference, for many new runs."),
    "trail": ("trail:trail", "A reference to give away without its video: make a trail pack, show one."),
    "sync": ("sync:sync", "Find where two recordings show the same place."),
    "passes": ("passes:passes", "Find every ride of a reference in long recordings."),
    "batch": ("batch:batch", "Align many pairs, each into a folder of its own."),
    "catalogue": ("catalogue:catalogue", "Many runs: show them, say whose they were, rebuild the catalogue."),
    "warp": ("warp:warp", "Fit the warp again from edited pairs."),
    "transfer-markers": ("transfer:transfer_markers", "Carry reference markers over to the new run."),
    "transfer": ("transfer:transfer_markers", "The older name of transfer-markers."),
    "export-markers": ("export:export_markers", "Write markers as a file for your editor."),
    "export": ("export:export", "The older form of export-markers --format."),
    "chapters": ("chapters:chapters", "Write a copy of a recording with markers as chapters."),
    "import-markers": ("import_markers:import_markers", "Take markers out of a file of your editor."),
    "markers-from-hilights": ("import_markers:markers_from_hilights", "Take a GoPro's HiLight tags as markers."),
    "markers-from-track": ("import_markers:markers_from_track", "Take the laps of a watch as markers."),
    "suggest-markers": ("suggest_markers:suggest_markers", "Propose sector lines for a reference, as markers."),
    "report": ("race_report:report", "Say where the time went: a page about runs of one trail."),
    "export-timeline": ("timeline:export_timeline", "The new run in step with the reference, for your editor."),
    "render": ("render:render", "A video of runs in step: side by side, one over the other, a grid."),
    "preview": ("review:preview", "Look at a result in the browser, and correct it."),
    "compare-ui": ("review:compare_ui", "Look at two recordings side by side in the browser."),
    "viewer": ("viewer:viewer", "Pick a result or files to look at; or draw how the two runs fit."),
    "dashboard": ("dashboard:dashboard", "Show many runs in the browser, live."),
    "telemetry-ui": ("dashboard:telemetry_ui", "Show in the browser what runs took of the machine."),
    "telemetry": ("telemetry:telemetry", "Say what sensors wrote: GPS, stops, turning, settings, clock."),
    "demo": ("demo:demo", "Try it all on a simulated pair of runs."),
    "benchmark-quality": ("benchmark_quality:benchmark_quality", "Say how good many runs are: table, JSON, page."),
    "quality-check": ("quality_check:quality_check", "Say whether the newest run is worse than those before it."),
    "prune-perf": ("prune_perf:prune_perf", "Delete the perf.json of old runs."),
    "doctor": ("resolve:doctor", "Check the installation in DaVinci Resolve, and say what to do."),
    "rpc": ("rpc:rpc", "The engine for other programs: a JSON request in, JSON lines out."),
    "version": ("version:version", "Show the version."),
    "resolve": ("resolve:resolve", "DaVinci Resolve's menu entries: install them, remove them, check them."),
}
"""Where each verb is, below this package, and what the list of verbs says of it."""


class LazyCommand(typer.core.TyperCommand):
    """Stands for a verb in the list of verbs; `load` makes the verb itself, when it is called."""

    def __init__(self, name: str, place: str, short_help: str) -> None:
        super().__init__(name, short_help=short_help, rich_markup_mode=None)
        self._place = place

    def load(self) -> Any:
        """The verb with its flags."""
        module, _, attribute = self._place.partition(":")
        verb = getattr(import_module(f"mtbsync_core.cli.{module}"), attribute)
        if isinstance(verb, typer.Typer):
            return typer.main.get_command(verb)
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(self.name)(flags.command(verb))
        return typer.main.get_command(app)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """That of the verb, so that the verb is what runs."""
        return self.load().make_context(*args, **kwargs)


app = typer.Typer(
    name="mtbsync",
    help=_HELP,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


@app.callback(invoke_without_command=True)
def _root(
    ctx: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the full traceback of an error.")] = False,
) -> None:
    # --debug is taken out of the arguments before they come here, so that it may stand anywhere.
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(2)


command: Any = typer.main.get_group(app)
"""The parser, made once."""
command.commands.update({name: LazyCommand(name, *found) for name, found in _VERBS.items()})
