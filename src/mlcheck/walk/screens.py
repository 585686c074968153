"""The walk's state drawn as a view: one item a screen, the same words for the rich and the plain drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mlcheck.packs.model import Evidence, InstanceOutcome, ItemOutcome, Pack
from mlcheck.walk.conversation import Talk
from mlcheck.walk.earlier import answer_shown
from mlcheck.walk.forms import FIELDS
from mlcheck.walk.renewal import Renewal
from mlcheck.walk.sheet import NEEDS_A_PERSON
from mlcheck.walk.state import (
    Asking,
    End,
    Filling,
    GoingTo,
    Help,
    Over,
    Passes,
    Renewing,
    Start,
    State,
)
from mlcheck.walk.step import ANSWER_KEYS, step
from mlcheck.walk.text import BLANK, TIED, Line, Span, entry, line, padded
from mlcheck.walk.view import Prompt, View

_WORDS: Mapping[str, str] = {
    "a": "answer",
    "f": "fail",
    "x": "doesn't apply",
    "w": "waive",
    "d": "dispute the detector",
    "o": "open in the editor",
    "r": "re-check",
    "t": "note",
    "b": "back (Esc too)",
    "s": "skip",
    "g": "go to",
    "p": "what was decided",
    "?": "help",
    "q": "save and quit (Ctrl-C too)",
}
_EXPLAINED: tuple[tuple[str, str], ...] = (
    ("a", "the item holds: give the value or the words that are asked for"),
    ("f", "the item fails, and why; nothing is signed until it is mended, waived or disputed"),
    ("x", "the item does not apply, and why"),
    ("w", "take the risk: how great, why, who approves, until when"),
    ("d", "the detector is wrong, and why; the reviewer must agree"),
    ("o", "open the first place shown in $VISUAL or $EDITOR"),
    ("r", "judge the files again as they are now"),
    ("t", "a note that goes into the record with the answer"),
    ("1 2 …", "speak of one instance, where an item has several; 0 for all of them"),
    ("b, Esc", "one step back"),
    ("s", "leave this item open for now"),
    ("g", "go to an item by its id or a word of its title"),
    ("p", "list what was decided without you"),
    ("q, Ctrl-C", "save and quit; the same command goes on from here"),
)
_SHOWN_EVIDENCE = 12
_WIDE_LABEL = 10


def view(state: State) -> View:
    """What the state shows; an empty view where the walk is over."""
    notice = line(Span(state.notice, "notice")) if state.notice else None
    match state.screen:
        case Start():
            return _start(state, notice)
        case Asking() as asking:
            return _asking(state, asking, notice)
        case Renewing() as renewing:
            return _renewing(state, renewing, notice)
        case Filling() as filling:
            return _filling(state, filling, notice)
        case GoingTo(text=text):
            head, body = (_title(state, "go to an item"),), tuple(_contents(state))
            prompt = Prompt("Item (its id, or a word of its title)", text)
            return View("go to", head, body, _foot("Enter goes · Esc back"), notice, prompt)
        case Passes():
            head, foot = (_title(state, "decided without you"),), _foot("g opens one · any other key goes back")
            return View("passes", head, tuple(_decided(state)), foot, notice)
        case Help():
            lines = tuple(each for keys, words in _EXPLAINED for each in _entry(keys, words))
            return View(
                "help", (_title(state, "keys"),), lines, _foot("q saves and quits · any other key goes back"), notice
            )
        case End():
            return _end(state, notice)
        case Over():
            return View("over", (), (), (), notice)


def _title(state: State, what: str) -> Line:
    return line(Span("mlcheck", "title"), f" · {state.sheet.change.id} · ", Span(what, "title"))


def _foot(words: str) -> tuple[Line, ...]:
    return (line(Span(words, "keys")),)


def _entry(label: str, words: str) -> Iterator[Line]:
    return entry(label, words, _WIDE_LABEL)


# --- start and end ------------------------------------------------------------


def _start(state: State, notice: Line | None) -> View:
    change, counts = state.sheet.change, state.sheet.counts()
    body = [
        *_entry("Change", f"{change.head} onto {change.base}, {_number(len(change.files), 'file')} changed"),
        *_uncommitted(state),
        BLANK,
        *(line("  ", *_pack_row(state, pack)) for pack in state.sheet.decision.packs),
        BLANK,
        line(Span(counts.shown(), "title")),
    ]
    body += [line(Span("note  ", "label"), each, indent=6) for each in state.notes_of_start]
    if state.resumable:
        kept = _number(len({key[0] for key in state.answers}), "item")
        body += [BLANK, line(f"An unfinished walk is kept: {kept} answered. Enter goes on; n starts anew.")]
    body += [line(Span("asked again  ", "label"), each, indent=2) for each in state.dropped]
    keys = "Enter goes on · n starts anew" if state.resumable else "Enter begins"
    head, foot = (_title(state, "sign-off"),), _foot(f"{keys} · {_short('gp?q')}")
    return View("start", head, tuple(body), foot, notice)


def _uncommitted(state: State) -> Iterator[Line]:
    paths = state.sheet.change.uncommitted
    if paths:
        named = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
        yield from _entry("Not in HEAD", f"{named}: judged as on disk; commit with the record")


def _pack_row(state: State, pack: Pack) -> tuple[str | Span, ...]:
    items = [item for item in state.sheet.decision.items if item.item.pack == pack.name]
    failed = sum(state.outcome(item) == "fail" for item in items)
    yours = sum(state.outcome(item) in ("unknown", "manual") for item in items)
    name = padded(f"{pack.title} {pack.version}", 28)
    return (name, f"{len(items):3} items", f"{failed:4} fail", f"{yours:4} for you")


def _end(state: State, notice: Line | None) -> View:
    holding_up = state.holding_up()
    body: list[Line] = [
        *(line("  ", *_pack_row(state, pack)) for pack in state.sheet.decision.packs),
        BLANK,
        *_uncommitted(state),
    ]
    if holding_up:
        held = f"{_number(len(holding_up), 'item')} open or failed: nothing can be signed yet"
        body.append(line(Span(held, "fail")))
        body += [_row(state, item) for item in holding_up]
        keys = "Enter goes to the next one · q saves and quits"
    else:
        body += [
            line(Span("Everything is answered.", "pass")),
            line(f"Signs: {state.signer}"),
            line("It means: I checked these items on these bytes."),
        ]
        keys = "y signs · q saves and quits without signing"
    spoken = [item for item in state.sheet.decision.items if _answered(state, item)]
    body += [BLANK, line(Span("Answers", "title"))] if spoken else []
    body += [_row(state, item) for item in spoken]
    foot = _foot(f"{keys} · {_short('bgp?')}")
    return View("end", (_title(state, "the whole"),), tuple(body), foot, notice)


def _answered(state: State, item: ItemOutcome) -> bool:
    return any(state.given((item.item.id, instance.name)) for instance in item.instances)


def _row(state: State, item: ItemOutcome) -> Line:
    answers = (state.given((item.item.id, instance.name)) for instance in item.instances)
    said = next((each.value or each.note for each in answers if each and (each.value or each.note)), "")
    return _listed(state, item, f"{item.item.title}: {said}" if said else item.item.title)


def _listed(state: State, item: ItemOutcome, words: str) -> Line:
    outcome = state.outcome(item)
    return line(f"  {padded(item.item.id, 8)}", Span(padded(outcome, 10), outcome), words, indent=20)


def _contents(state: State) -> Iterator[Line]:
    yield from (_row(state, item) for item in state.sheet.decision.items)


def _decided(state: State) -> Iterator[Line]:
    asked = {item.item.id for item in state.sheet.asked()}
    for pack in state.sheet.decision.packs:
        yield line(Span(pack.title, "title"))
        for item in state.sheet.decision.items:
            if item.item.pack == pack.name and item.item.id not in asked:
                carried = " (carried over)" if _answered(state, item) else ""
                yield _listed(state, item, f"{item.item.title}{carried}: {item.reason}")


# --- one item -------------------------------------------------------------------


def _asking(state: State, asking: Asking, notice: Line | None) -> View:
    item = state.sheet.item(asking.item)
    if item is None:
        return _end(state, notice)
    keys = _keys(state, asking, item)
    if state.hinted:
        foot = _foot(f"Keys: {' '.join(keys)}   (? explains)")
    else:
        foot = _foot(" · ".join(_tied(f"{key} {_WORDS[key]}") for key in keys))
    name = f"item {item.item.id} {asking.chosen}"
    return View(name, _head(state, item), tuple(_body(state, asking, item)), foot, notice)


def _keys(state: State, asking: Asking, item: ItemOutcome) -> list[str]:
    instances = state.instances(asking)
    legal = [
        key
        for key, outcome in ANSWER_KEYS.items()
        if not any(state.sheet.forbids(item, instance, outcome) for instance in instances)
    ]
    opens = ["o"] if item.evidence else []
    return [*legal, *opens, *"rtbsgp?q"]


def _head(state: State, item: ItemOutcome) -> tuple[Line, ...]:
    asked = [each.item.id for each in state.sheet.asked()]
    left = len(state.todo())
    where = f"{asked.index(item.item.id) + 1} of {len(asked)}" if item.item.id in asked else "decided"
    pack = state.sheet.pack(item.item.pack)
    title = pack.title if pack else item.item.pack
    killer = (Span("KILLER ", "killer"),) if item.item.killer else ()
    named = (Span(f"{item.item.id} ", "title"), *killer, Span(item.item.title, "title"))
    return (
        line(Span("mlcheck", "title"), f" · {title} · {where} · {left} left"),
        line(*named, indent=len(item.item.id) + 1),
        BLANK,
    )


def _body(state: State, asking: Asking, item: ItemOutcome) -> Iterator[Line]:
    instances = state.instances(asking)
    if len(item.instances) > 1:
        yield from _instances(state, asking, item)
        yield BLANK
    else:
        yield from _verdict(state, item, item.instances[0])
    evidence = [_told_once(each, instance) for instance in instances for each in instance.evidence]
    for each in evidence[:2]:
        yield from _evidence(each)
    yield BLANK
    if item.outcome in NEEDS_A_PERSON or _answered(state, item):
        yield from _entry("Question", item.item.question)
    if item.item.evidence:
        yield from _entry("Wanted", item.item.evidence)
    yield from _entry("Why", item.item.why)
    yield from _entry("How", item.item.how)
    yield from _entry("Searched", ", ".join(item.searched) or "nothing")
    yield from _references(item)
    for each in evidence[2:_SHOWN_EVIDENCE]:
        yield from _evidence(each)
    if len(evidence) > _SHOWN_EVIDENCE:
        yield line(f"and {_number(len(evidence) - _SHOWN_EVIDENCE, 'more place')}")


def _verdict(state: State, item: ItemOutcome, instance: InstanceOutcome) -> Iterator[Line]:
    checks = sorted({finding.check for finding in instance.findings}) or item.item.decided_by
    decided = f" by {', '.join(checks)}" if checks else ""
    words = Span(f"{instance.outcome.upper()}{decided}", instance.outcome)
    named = f" {instance.name}" if instance.name else ""
    yield line(words, f"{named}: {instance.reason}", indent=2)
    yield from _fixes(instance)
    yield from _standing(state, item, instance)


def _fixes(instance: InstanceOutcome) -> Iterator[Line]:
    for finding in instance.findings[:2]:
        yield from entry("fix", finding.help, 5)


def _standing(state: State, item: ItemOutcome, instance: InstanceOutcome) -> Iterator[Line]:
    key = item.item.id, instance.name
    answer = state.given(key)
    if answer:
        where = "Answered" if key in state.answers else "Carried over"
        waiver = answer.waiver
        taken = f"{waiver.risk} risk until {waiver.until}: {waiver.reason}" if waiver else None
        said = [answer.value, answer.note, taken]
        words = " · ".join(each for each in said if each)
        yield line(Span(f"{where}: {answer.outcome}", answer.outcome), f" {words}", indent=2)
    yield from _before(state, item, instance)
    if key in state.notes:
        yield line(Span("Note: ", "label"), state.notes[key], indent=2)
    if any(typed[0] == item.item.id for typed in state.typed):
        yield line(Span("Half typed: ", "label"), "the same key opens it again", indent=2)


def _before(state: State, item: ItemOutcome, instance: InstanceOutcome) -> Iterator[Line]:
    earlier = state.earlier((item.item.id, instance.name))
    if earlier:
        named = f"{instance.name}: " if len(item.instances) > 1 else ""
        yield line(Span("Before: ", "label"), f"{named}{answer_shown(earlier.answer)}", indent=2)


def _instances(state: State, asking: Asking, item: ItemOutcome) -> Iterator[Line]:
    """The instances as numbered rows; the one chosen is told in full."""
    for number, instance in enumerate(item.instances, 1):
        standing = state.standing(item, instance)
        mark = ">" if number == asking.chosen else " "
        words = f"{instance.name or 'the project'}: {instance.reason}"
        yield line(f"{mark}{number:2} ", Span(padded(standing, 10), standing), words, indent=15)
        if number == asking.chosen:
            yield from _fixes(instance)
            yield from _standing(state, item, instance)
    if not asking.chosen:
        for instance in item.instances:
            yield from _before(state, item, instance)
        spoken = len(state.instances(asking))
        yield line(Span(f"An answer is for {_number(spoken, 'instance')}; a number chooses one.", "dim"))


def _told_once(evidence: Evidence, instance: InstanceOutcome) -> Evidence:
    """The evidence without a note that the instance's reason says already."""
    return replace(evidence, note="") if instance.reason.startswith(evidence.note) else evidence


def _evidence(evidence: Evidence) -> Iterator[Line]:
    note = f"  {evidence.note}" if evidence.note else ""
    yield line(Span(evidence.place.shown(), "place"), note)
    here = evidence.place.line
    context = [each for each in evidence.context if abs(each[0] - here) <= 1] or [(here, evidence.snippet)]
    wide = len(str(max(number for number, _ in context)))
    for number, text in context[:3]:
        mark, style = (">", "marked") if number == here else (" ", "code")
        yield line(Span(f" {mark} {number:{wide}} | {text}", style), cut=True)


def _references(item: ItemOutcome) -> Iterator[Line]:
    for reference in item.item.references[:2]:
        yield from _entry("See", f"{reference.title} {reference.url}")


# --- renewal ----------------------------------------------------------------------


def _renewing(state: State, renewing: Renewing, notice: Line | None) -> View:
    renewal = state.renewal(renewing.pack)
    if renewal is None:
        return _end(state, notice)
    head = (_title(state, f"{renewal.pack.title}: answers to renew"), BLANK)
    body = tuple(_renewed(renewal))
    if renewing.text is None:
        foot = _foot(f"k keeps them all as they were · Enter goes through them one by one · {_short('bgp?q')}")
        return View(f"renew {renewing.pack}", head, body, foot, notice)
    foot = _foot("Enter keeps them · Esc back; what is typed is kept")
    prompt = Prompt("What you looked at", renewing.text)
    return View(f"renewed {renewing.pack}", head, body, foot, notice, prompt)


def _renewed(renewal: Renewal) -> Iterator[Line]:
    one = len(renewal.answers) == 1
    yield line(Span(f"{renewal.summary()}.", "title"))
    yield line(f"{'It was' if one else 'They were'} given by {renewal.given()}. No check decides them.")
    if renewal.files:
        yield from (
            line(Span(f"git diff {head[:12]} -- {' '.join(renewal.files)}", "code")) for head in renewal.heads()
        )
    yield BLANK
    for each in renewal.answers:
        named = f" ({each.instance.name})" if each.instance.name else ""
        answer = each.earlier.answer
        words = f"{each.item.item.title}{named}: {answer_shown(answer)}"
        yield line(f"  {padded(each.item.item.id, 8)}", words, indent=10)


# --- forms ------------------------------------------------------------------------


def _filling(state: State, filling: Filling, notice: Line | None) -> View:
    form = filling.form
    outcome = state.sheet.item(form.item)
    if outcome is None:
        return _end(state, notice)
    item = outcome.item
    body = [*_entry("Question", item.question)]
    if form.outcome == "pass" and item.evidence:
        body += _entry("Wanted", item.evidence)
    spoken = [instance.name for instance in state.instances(filling.back) if instance.name]
    if spoken:
        body += _entry("For", ", ".join(spoken))
    body.append(BLANK)
    for name, given in zip(FIELDS[form.outcome], form.given):
        body += _entry(name, given)
    if form.outcome == "waived" and form.field == "approver" and state.sheet.rules.approvers:
        body += _entry("Signers", ", ".join(state.sheet.rules.approvers))
    for number, choice in enumerate(form.choices(item), 1):
        body.append(line(f"  {number}  {choice}"))
    keys = "Enter goes on · Esc back; what is typed is kept"
    screen = f"{form.outcome or 'note'} {form.item} {form.field}"
    prompt = Prompt(form.label(item), form.text)
    return View(screen, _head(state, outcome), tuple(body), _foot(keys), notice, prompt)


def _short(keys: str) -> str:
    return " · ".join(_tied(f"{key} {_WORDS[key].split(' (')[0]}") for key in keys)


def _tied(words: str) -> str:
    return words.replace(" ", TIED)


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


WALK: Talk[State] = Talk(
    step, view, over=lambda state: isinstance(state.screen, Over), scroll=lambda state: state.scroll
)
