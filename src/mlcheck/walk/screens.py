"""The walk's state drawn as a view: one item a screen, the same words for the rich and the plain drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from mlcheck.packs.model import Pack
from mlcheck.walk.conversation import Talk
from mlcheck.walk.counts import counts
from mlcheck.walk.earlier import answer_shown
from mlcheck.walk.end_screen import end_view, reading_view
from mlcheck.walk.forms import FIELDS
from mlcheck.walk.item_screen import item_body, item_head, item_keys, packs_line, spoken_of
from mlcheck.walk.renewal import Renewal
from mlcheck.walk.screen_parts import (
    KEY_WORDS,
    foot_lines,
    is_answered,
    item_row,
    keys_in_short,
    labelled,
    listed,
    number_of,
    tied,
    title_line,
)
from mlcheck.walk.state import (
    Asking,
    End,
    Filling,
    GoingTo,
    Help,
    Over,
    Passes,
    Reading,
    Renewing,
    Start,
    State,
    Tabling,
)
from mlcheck.walk.step import matching, step
from mlcheck.walk.table_lines import numbered_rows
from mlcheck.walk.text import BLANK, Line, Span, line, padded
from mlcheck.walk.view import Prompt, View

_EXPLAINED: tuple[tuple[str, str], ...] = (
    ("a", "the item holds: give the value or the words that are asked for"),
    ("f", "the item fails, and why; nothing is signed until it is mended, waived or disputed"),
    ("x", "the item does not apply, and why"),
    ("w", "take the risk: how great, why, who approves, until when"),
    ("d", "the detector is wrong, and why; the reviewer must agree"),
    ("e", "go through the item's table, correct its rows, and confirm it as the answer"),
    ("o", "open the first place shown in $VISUAL or $EDITOR"),
    ("r", "judge the files again as they are now"),
    ("t", "a note that goes into the record with the answer"),
    ("1 2 …", "speak of one instance, where an item has several; 0 for all of them"),
    ("b, Esc", "one step back"),
    ("s", "leave this item open for now"),
    ("g", "go to an item by its id or a word of its title"),
    ("p", "list what was decided without you"),
    ("v", "the report as it will be"),
    ("Down Up Space", "scroll; Home and End go to the first and the last row"),
    ("q, Ctrl-C", "save and quit; the same command goes on from here"),
)


def view(state: State) -> View:
    """What the state shows; an empty view where the walk is over."""
    told = " · ".join(dict.fromkeys(part for part in (state.busy, state.notice, state.astray) if part))
    notice = line(Span(told, "notice")) if told else None
    match state.screen:
        case Start():
            return _start(state, notice)
        case Asking() as asking:
            return _asking(state, asking, notice)
        case Renewing() as renewing:
            return _renewing(state, renewing, notice)
        case Filling() as filling:
            return _filling(state, filling, notice)
        case Tabling() as tabling:
            return _tabling(state, tabling, notice)
        case GoingTo(text=text):
            head, body = (title_line(state, "go to an item"),), tuple(_contents(state, text))
            prompt = Prompt("Item (its id, or a word of its title)", text)
            return View("go to", head, body, foot_lines("Enter goes · Esc back"), notice, prompt)
        case Passes():
            head, foot = (title_line(state, "decided without you"),), foot_lines("g opens one · Enter goes back")
            return View("passes", head, tuple(_decided(state)), foot, notice)
        case Help():
            lines = tuple(each for keys, words in _EXPLAINED for each in labelled(keys, words))
            return View(
                "help", (title_line(state, "keys"),), lines, foot_lines("q saves and quits · Enter goes back"), notice
            )
        case Reading() as reading:
            return reading_view(state, reading, notice)
        case End():
            return _end(state, notice)
        case Over():
            return View("over", (), (), (), notice)


# --- start and end ------------------------------------------------------------


def _start(state: State, notice: Line | None) -> View:
    change = state.sheet.change
    body = [
        *labelled("Change", f"{change.head} onto {change.base}, {number_of(len(change.files), 'file')} changed"),
        *_uncommitted(state),
        BLANK,
        *(line("  ", *_pack_row(state, pack)) for pack in state.sheet.decision.packs),
        BLANK,
        line(Span(counts(state).shown(), "title")),
    ]
    body += [line(Span("note  ", "label"), each, indent=6) for each in state.notes_of_start]
    body += _carried_over(state)
    if state.resumable:
        body += [BLANK, line(_unfinished(state))]
    body += [line(Span("asked again  ", "label"), each, indent=2) for each in state.dropped]
    keys = "Enter goes on · n starts anew" if state.resumable else "Enter begins"
    head, foot = (title_line(state, "sign-off"),), foot_lines(f"{keys} · {keys_in_short('gp?q')}")
    return View("start", head, tuple(body), foot, notice)


def _carried_over(state: State) -> Iterator[Line]:
    """Why answers are not asked for again: whose they are, from when, and that nothing under them changed."""
    carried = state.sheet.carried
    if carried:
        given = Counter((one.signer, one.answer.at[:10]) for one in carried.values())
        who = ", ".join(f"{signer} on {day}" for (signer, day), _ in given.most_common(3))
        more = f" and {number_of(len(given) - 3, 'other day')}" if len(given) > 3 else ""
        yield line(
            Span("carried over  ", "label"),
            f"answered by {who}{more}, and what they rest on is as it was then; --all asks for everything",
            indent=2,
        )


def _unfinished(state: State) -> str:
    """What an unfinished walk holds, and what is left of it."""
    answered = number_of(len({key[0] for key in state.answers}), "item")
    half = " and something half typed" if state.typed else ""
    left = number_of(len(state.todo()), "item")
    return f"An unfinished walk is kept: {answered} answered{half}, {left} left. Enter goes on; n starts anew."


def _uncommitted(state: State) -> Iterator[Line]:
    paths = state.sheet.change.uncommitted
    if paths:
        named = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
        yield from labelled("On disk", f"{named}: not so in HEAD; judged as on disk, commit with the record")


def _pack_row(state: State, pack: Pack) -> tuple[str | Span, ...]:
    found = counts(state, (item for item in state.sheet.decision.items if item.item.pack == pack.name))
    name = padded(f"{pack.title} {pack.version}", 28)
    return (name, f"{found.items:3} items", f"{found.failed:4} fail", f"{found.yours:4} for you")


def _end(state: State, notice: Line | None) -> View:
    return end_view(state, notice, (packs_line(state, ""), *_uncommitted(state)))


def _contents(state: State, text: str) -> Iterator[Line]:
    """The items that what is typed may mean; all of them where it means none."""
    found = matching(state.sheet, text) or state.sheet.decision.items
    yield from (replace(item_row(state, item), cut=True) for item in found)


def _decided(state: State) -> Iterator[Line]:
    asked = {item.item.id for item in state.sheet.asked()}
    for pack in state.sheet.decision.packs:
        yield line(Span(pack.title, "title"))
        for item in state.sheet.decision.items:
            if item.item.pack == pack.name and item.item.id not in asked:
                carried = " (carried over)" if is_answered(state, item) else ""
                yield listed(state, item, f"{item.item.title}{carried}: {item.reason}")


# --- one item -------------------------------------------------------------------


def _asking(state: State, asking: Asking, notice: Line | None) -> View:
    item = state.sheet.item(asking.item)
    if item is None:
        return _end(state, notice)
    keys = item_keys(state, asking, item)
    if state.hinted:
        foot = foot_lines(f"Keys: {' '.join(keys)}   (? explains)")
    else:
        foot = foot_lines(" · ".join(tied(f"{key} {KEY_WORDS[key]}") for key in keys))
    name = f"item {item.item.id} {asking.chosen}"
    return View(name, item_head(state, item), tuple(item_body(state, asking, item)), foot, notice)


# --- renewal ----------------------------------------------------------------------


def _renewing(state: State, renewing: Renewing, notice: Line | None) -> View:
    renewal = state.renewal(renewing.pack)
    if renewal is None:
        return _end(state, notice)
    head = (title_line(state, f"{renewal.pack.title}: answers to renew"), BLANK)
    body = tuple(_renewed(renewal))
    if renewing.text is None:
        foot = foot_lines(
            f"k keeps them all as they were · Enter goes through them one by one · {keys_in_short('bgp?q')}"
        )
        return View(f"renew {renewing.pack}", head, body, foot, notice)
    foot = foot_lines("Enter keeps them · Esc back; what is typed is kept")
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
    body = [*labelled("Question", item.question)]
    if form.outcome == "pass" and item.evidence:
        body += labelled("Wanted", item.evidence)
    spoken = [instance.name for instance in state.instances(filling.back) if instance.name]
    if spoken:
        body += labelled("For", spoken_of(state, filling.back) if state.left_over(filling.back) else ", ".join(spoken))
    body.append(BLANK)
    for name, given in zip(FIELDS[form.outcome], form.given):
        body += labelled(name, given)
    if form.outcome == "waived" and form.field == "approver" and state.sheet.rules.approvers:
        body += labelled("Signers", ", ".join(state.sheet.rules.approvers))
    for number, choice in enumerate(form.choices(item), 1):
        body.append(line(f"  {number}  {choice}"))
    keys = "Enter goes on · Esc back; what is typed is kept"
    screen = f"{form.outcome or 'note'} {form.item} {form.field}"
    prompt = Prompt(form.label(item, state.sheet.rules.latest_waiver), form.text)
    return View(screen, item_head(state, outcome), tuple(body), foot_lines(keys), notice, prompt)


def _tabling(state: State, tabling: Tabling, notice: Line | None) -> View:
    """The table, to be corrected row by row and confirmed."""
    outcome = state.sheet.item(tabling.item)
    instance = next(iter(state.instances(tabling.back)), None)
    if outcome is None or instance is None:
        return _end(state, notice)
    header = instance.table.header if instance.table else ()
    named = (*labelled("For", instance.name),) if instance.name else ()
    body = (
        *labelled("Question", outcome.item.question),
        *named,
        BLANK,
        *numbered_rows(header, tabling.rows, tabling.chosen),
    )
    head = item_head(state, outcome)
    if tabling.text is None:
        keys = "Enter confirms the table as your answer · a number chooses a row · e edits it · + adds one"
        foot = foot_lines(f"{keys} · {keys_in_short('bq')}")
        return View(f"table {tabling.item} {tabling.chosen} {len(tabling.rows)}", head, body, foot, notice)
    foot = foot_lines("Enter keeps the row, an empty one is taken out · Esc back")
    label = f"Row {tabling.chosen} ({' | '.join(header)})"
    return View(f"row {tabling.item} {tabling.chosen}", head, body, foot, notice, Prompt(label, tabling.text))


WALK: Talk[State] = Talk(
    step, view, over=lambda state: isinstance(state.screen, Over), scroll=lambda state: state.scroll
)
