"""The double's table of calls against the research's table and against published stubs."""

from __future__ import annotations

import ast
import importlib.metadata
import json
from pathlib import Path

import pytest

from tests.doubles.resolve import api_table, items, media, project, timeline
from tests.doubles.resolve.api_table import API, version_of
from tests.real_files import DATA

# In 21.0.4 and 21.1, and not yet in fusionscript-stubs 21.0.0.
NEWER_THAN_STUBS = {
    *("Resolve.GetCurrentProject", "Resolve.GetCurrentTimeline", "Resolve.GetMediaPool", "Resolve.IsStudio"),
    *("Project.GetSettings", "Project.SetSettings", "MediaPoolItem.GetTimeline", "Timeline.GetSelectedClips"),
    *("Timeline.GetSettings", "Timeline.SetSettings", "Timeline.AutoAlignClips", "TimelineItem.GetType"),
    *("TimelineItem.GetProperties", "TimelineItem.SetProperties", "TimelineItem.GetSpeed", "TimelineItem.SetSpeed"),
}
MODELLED = {
    "Resolve": project.ResolveApp,
    "ProjectManager": project.ProjectManager,
    "Project": project.Project,
    "MediaPool": media.MediaPool,
    "Folder": media.FolderThing,
    "MediaPoolItem": media.MediaPoolItem,
    "Timeline": timeline.Timeline,
    "TimelineItem": items.TimelineItem,
    "Fusion": project.FusionApp,
    "Bmd": project.Bmd,
}


def test_the_table_is_that_of_the_research() -> None:
    told = json.loads((DATA / "resolve_api.json").read_text(encoding="utf-8"))
    assert sorted(told["classes"]) == sorted(API)
    for kind, calls in told["classes"].items():
        assert sorted(calls) == sorted(API[kind]), kind
        for name, facts in calls.items():
            call = API[kind][name]
            assert (call.required, call.optional) == (facts["required"], facts["optional"]), (kind, name)
            assert call.since == (version_of(facts["since"]) if facts["since"] else None), (kind, name)
            assert (call.answers == "bool") == (facts["returns"] == "bool"), (kind, name)
            there = {version: call.since is None or call.since <= version_of(version) for version in facts["in_readme"]}
            assert there == facts["in_readme"], (kind, name)
    assert tuple(told["marker_colors"]) == tuple(told["flag_colors"]) == api_table.MARKER_COLORS
    assert tuple(told["clip_colors"]) == api_table.CLIP_COLORS
    assert tuple(told["track_types"]) == api_table.TRACK_TYPES
    assert set(told["export_types"] + told["export_subtypes"]) == set(api_table.EXPORTS)


def test_the_names_are_those_of_published_stubs() -> None:
    try:
        files = importlib.metadata.files("fusionscript-stubs") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("fusionscript-stubs is not installed")
    stub = next(Path(str(file.locate())) for file in files if file.name == "fusionscript.pyi")
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    published = {
        f"{kind.name}.{call.name}"
        for kind in tree.body
        if isinstance(kind, ast.ClassDef)
        for call in kind.body
        if isinstance(call, ast.FunctionDef)
    }
    ours = {f"{kind}.{name}" for kind, calls in API.items() for name in calls}
    assert ours - published == NEWER_THAN_STUBS


@pytest.mark.parametrize("kind", MODELLED)
def test_what_looks_like_a_call_is_in_the_table(kind: str) -> None:
    """A misspelt method of the double would never be called."""
    table = {**API, **api_table.BESIDE}[kind]
    named_like_calls = {name for name in dir(MODELLED[kind]) if name[0].isupper()}
    assert named_like_calls <= set(table)
