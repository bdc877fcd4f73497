"""The verbs, put together. Their modules import only what describes their options; engines are loaded inside them."""

from __future__ import annotations

from typing import Annotated

import typer

from mtbsync_core.cli import (
    align,
    demo,
    export,
    hilights,
    import_markers,
    index,
    resolve,
    rpc,
    sync,
    telemetry,
    timeline,
    transfer,
    version,
    viewer,
    warp,
)

_HELP = """Find the places of one mountain-bike run again in another run of the same trail.

You have a reference run with markers and a new run. One command does all of it:

    mtbsync align reference.mp4 new.mp4 --markers markers.csv --out result

No recordings at hand? mtbsync demo makes a pair and shows what comes out.
"""

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


_VERBS = (
    ("align", align.align, "All of it: two recordings and markers in, a folder out."),
    ("index", index.index, "Keep what was seen of a reference, for many new runs."),
    ("sync", sync.sync, "Find where two recordings show the same place."),
    ("warp", warp.warp, "Fit the warp again from edited pairs."),
    ("transfer-markers", transfer.transfer_markers, "Carry reference markers over to the new run."),
    ("transfer", transfer.transfer, "The older name of transfer-markers."),
    ("export-markers", export.export_markers, "Write markers as a file for your editor."),
    ("export", export.export, "The older form of export-markers --format."),
    ("import-markers", import_markers.import_markers, "Take markers out of a file of your editor."),
    ("markers-from-hilights", hilights.markers_from_hilights, "Take a GoPro's HiLight tags as markers."),
    ("export-timeline", timeline.export_timeline, "The new run in step with the reference, for your editor."),
    ("viewer", viewer.viewer, "Draw how the two runs fit."),
    ("telemetry", telemetry.telemetry, "Say what sensors wrote: GPS, stops, turning, settings, clock."),
    ("demo", demo.demo, "Try it all on a simulated pair of runs."),
    ("doctor", resolve.doctor, "Check the installation in DaVinci Resolve, and say what to do."),
    ("rpc", rpc.rpc, "The engine for other programs: a JSON request in, JSON lines out."),
    ("version", version.version, "Show the version."),
)

for _name, _verb, _short in _VERBS:
    app.command(_name, short_help=_short)(_verb)
app.add_typer(resolve.resolve, name="resolve")

command = typer.main.get_command(app)
"""The parser, made once: Typer would make it anew for each call."""
