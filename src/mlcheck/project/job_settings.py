"""A job's settings as they hold in a target: when it starts, whether it is paused, who is told, how it is retried.

Source: the Databricks CLI's `apply_target_mode`, `apply_presets` and its defaults, read; Jobs API 2.2; "Run your job
with serverless compute" (auto-optimization retries).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlcheck.project.compute import compute_of
from mlcheck.project.model import Job, Target, Task
from mlcheck.project.place import Place
from mlcheck.project.yaml_nodes import YamlList, YamlMap, YamlNode, YamlScalar, at, text_at

TriggerKind = Literal["schedule", "trigger", "continuous"]
TRIGGERS: tuple[TriggerKind, ...] = ("schedule", "trigger", "continuous")
CHANNELS = ("email_notifications", "webhook_notifications")
EVENTS = (
    "on_start",
    "on_success",
    "on_failure",
    "on_duration_warning_threshold_exceeded",
    "on_streaming_backlog_exceeded",
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a job by itself. `paused` is None where it could not be resolved; `by` says what decides it."""

    kind: TriggerKind
    paused: bool | None
    by: Literal["written", "preset", "development mode", "default"]
    place: Place  # of `pause_status` where it is written, else of the trigger
    node: YamlNode


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is told of one event, at a job or at one of its tasks. `complete`: all of them are resolved.

    `given_later` are those of the list that only the one who deploys names.
    """

    event: str  # on_failure …
    channel: str  # email_notifications, webhook_notifications
    names: tuple[str, ...]
    complete: bool
    place: Place
    task: str | None = None  # the task's key, None for the job itself
    given_later: int = 0


@dataclass(frozen=True, slots=True)
class Retries:
    """How a failed run of a task is tried again.

    `limit` is `max_retries` (-1: without end, 0: never), None where it is not
    given or, with `known` False, not resolved. `automatic`: serverless
    auto-optimization may retry without being asked, and `max_retries: 0` alone
    does not forbid it; None where the compute is not known. `may_retry` says
    it in one word.
    """

    limit: int | None
    known: bool
    automatic: bool | None
    on_timeout: bool | None
    place: Place

    @property
    def may_retry(self) -> bool | None:
        """Whether a failed run may be tried again; None where that is not known."""
        if self.automatic or (self.limit is not None and self.limit != 0):
            return True
        return False if self.known and self.automatic is False else None


def triggers_of(target: Target, job: Job) -> tuple[Trigger, ...]:
    """What starts a job by itself in a target, with the pauses of development mode and presets."""
    found = ((kind, at(job.node, kind)) for kind in TRIGGERS)
    return tuple(_trigger(target, kind, node) for kind, node in found if node is not None)


def _trigger(target: Target, kind: TriggerKind, node: YamlNode) -> Trigger:
    written = at(node, "pause_status")
    if written is not None and text_at(node, "pause_status") != "":
        return Trigger(kind, _is_paused(written), "written", written.place, node)
    if not isinstance(node, YamlMap):
        return Trigger(kind, None, "written", node.place, node)
    preset = at(target.config, "presets", "trigger_pause_status")
    if preset is not None and text_at(target.config, "presets", "trigger_pause_status") != "":
        return Trigger(kind, _is_paused(preset), "preset", node.place, node)
    if target.mode == "development":
        return Trigger(kind, True, "development mode", node.place, node)
    return Trigger(kind, False, "default", node.place, node)


def _is_paused(node: YamlNode) -> bool | None:
    text = node.text if isinstance(node, YamlScalar) else ""
    return {"PAUSED": True, "UNPAUSED": False}.get(text)


def recipients_of(job: Job) -> tuple[Recipients, ...]:
    """Who is told of what, at the job and at each of its tasks."""
    return (*_recipients(job.node, None), *(one for task in job.tasks for one in _recipients(task.node, task.key)))


def _recipients(node: YamlMap, task: str | None) -> Iterator[Recipients]:
    for channel in CHANNELS:
        given = at(node, channel)
        if given is not None and not isinstance(given, YamlMap):
            yield from (Recipients(event, channel, (), False, given.place, task) for event in EVENTS)
            continue
        for event in EVENTS:
            listed = at(given, event)
            if listed is not None:
                names = tuple(_names(listed))
                complete = isinstance(listed, YamlList) and all(one is not None for one in names)
                known = tuple(one for one in names if one is not None)
                yield Recipients(event, channel, known, complete, listed.place, task, len(names) - len(known))


def _names(listed: YamlNode) -> Iterator[str | None]:
    """Addresses or ids; None for one that is not resolved."""
    for element in listed if isinstance(listed, YamlList) else ():
        text = text_at(element, "id") if isinstance(element, YamlMap) else text_at(element)
        yield None if text is None or "${" in text else text


def retries_of(target: Target, job: Job, task: Task) -> Retries:
    """How a failed run of a task is tried again in a target."""
    given = at(task.node, "max_retries")
    limit = given.value if isinstance(given, YamlScalar) and isinstance(given.value, int) else None
    place = given.place if given is not None else task.place
    on_timeout = _flag(task.node, "retry_on_timeout")
    return Retries(limit, given is None or limit is not None, _automatic(target, job, task), on_timeout, place)


def _automatic(target: Target, job: Job, task: Task) -> bool | None:
    kind = compute_of(target, job, task).kind
    if kind in ("unknown", "missing"):
        return None
    if kind != "serverless":
        return False
    disabled = _flag(task.node, "disable_auto_optimization")
    return None if disabled is None else not disabled


def _flag(node: YamlNode, key: str) -> bool | None:
    """A yes or no that is no where it is not given, None where it is not resolved."""
    found = at(node, key)
    if found is None:
        return False
    return {"true": True, "false": False}.get(found.text.lower()) if isinstance(found, YamlScalar) else None


def queued(job: Job) -> bool | None:
    """Whether runs wait where others are still going: a bundle's jobs do unless they say otherwise."""
    if at(job.node, "queue") is None:
        return True
    return _flag(at(job.node, "queue") or job.node, "enabled")


def concurrent_runs(target: Target, job: Job) -> int | None:
    """How many runs may go side by side: 1 where nothing is said, 4 in development mode; None where unresolved."""
    given = at(job.node, "max_concurrent_runs") or at(target.config, "presets", "jobs_max_concurrent_runs")
    if given is not None:
        return given.value if isinstance(given, YamlScalar) and isinstance(given.value, int) else None
    return 4 if target.mode == "development" else 1
