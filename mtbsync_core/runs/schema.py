"""The tables of the catalogue, as the migrations that make them. A new version is a further script; none is changed."""

from __future__ import annotations

APPLICATION_ID = 0x6D747273
"""`mtrs` in ASCII: by this a SQLite file is known as ours."""

MIGRATIONS = (
    """
    CREATE TABLE videos (
        video TEXT PRIMARY KEY,         -- digest of the recording: content_key
        path TEXT NOT NULL,             -- where it was seen last
        size_bytes INTEGER,
        duration_s REAL,
        rate TEXT,                      -- frames a second, exact, as 30000/1001
        width INTEGER,
        height INTEGER,
        creation_time TEXT,             -- as the camera wrote it
        seen_at TEXT
    );
    CREATE TABLE indexes (
        "index" TEXT PRIMARY KEY,       -- digest of recording and options, and the name of its file
        video TEXT,
        file TEXT NOT NULL,             -- below the root
        samples INTEGER,
        seconds REAL,                   -- what it took to make
        made_at TEXT
    );
    CREATE TABLE runs (
        run TEXT PRIMARY KEY,           -- its folder below the root, with /
        ride INTEGER,                   -- of a recording that holds several: its number, as --pass takes it
        reference TEXT,
        new TEXT,
        markers TEXT,
        state TEXT NOT NULL,            -- running, interrupted, done, failed
        verdict TEXT,
        ok INTEGER,
        reasons TEXT,
        error TEXT,                     -- code of the error
        p90_s REAL,                     -- calibrated: nine of ten places are expected within, seconds of the new run
        coverage REAL,                  -- share of the reference that has a place in the new run by the pictures
        started_at TEXT,
        ended_at TEXT,
        seconds REAL,
        rider TEXT,
        bike TEXT,
        date TEXT,
        notes TEXT
    );
    CREATE TABLE stages (
        run TEXT NOT NULL,
        stage TEXT NOT NULL,
        seconds REAL NOT NULL,
        PRIMARY KEY (run, stage)
    );
    CREATE TABLE events (
        event INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        run TEXT,
        kind TEXT NOT NULL,
        text TEXT NOT NULL
    );
    CREATE TABLE marker_sets (
        run TEXT PRIMARY KEY,
        file TEXT NOT NULL,             -- below the root
        markers INTEGER,
        moved INTEGER,
        doubtful INTEGER,
        outside INTEGER,
        gap INTEGER,
        needs_review INTEGER
    );
    CREATE TABLE quality_history (
        run TEXT NOT NULL,
        at TEXT NOT NULL,
        reference TEXT,
        verdict TEXT,
        ok INTEGER,
        ppm REAL,
        inlier_frac REAL,
        res_mae REAL,
        res_p90 REAL,
        coverage REAL,
        p90_s REAL,
        fps REAL,
        seconds REAL,
        status TEXT,                    -- OK, WARN, FAIL, LEARNING
        reasons TEXT,
        PRIMARY KEY (run, at)
    );
    CREATE INDEX quality_by_reference ON quality_history (reference, at);
    """,
)
"""Script n makes version n + 1 of version n."""

KEYS = {
    "videos": ("video",),
    "indexes": ("index",),
    "runs": ("run",),
    "stages": ("run", "stage"),
    "events": ("event",),
    "marker_sets": ("run",),
    "quality_history": ("run", "at"),
}
"""The columns that tell a row of each table from all others."""
