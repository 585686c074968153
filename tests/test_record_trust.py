"""The trust root: config.toml and allowed_signers, each mistake with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcheck.errors import ConfigurationError
from mlcheck.project.memory_tree import MemoryTree
from mlcheck.record.signers import read_allowed_signers
from mlcheck.record.trust import CONFIG, SIGNERS, Policy, read_trust

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBs24/Fz1+7QqBdxq53RKfbZuul046GkkJfohACXn97q"


def error_in(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_trust(MemoryTree({CONFIG: text.encode()}))
    return caught.value.line()


def test_a_tree_without_a_trust_root_trusts_nobody() -> None:
    trust = read_trust(MemoryTree({}))
    assert not trust.configured and trust.signers.people() == () and trust.policy == Policy()


def test_every_key_of_the_policy_is_read() -> None:
    text = (
        '[repo]\nid = "a"\nurl = "https://host.example.com/team/repo/"\n[policy]\nrequire_review = false\n'
        'reviewers = ["lead@example.com"]\nmax_waiver_days = 30\nstaleness = "bytes"\naccept = ["key", "forge"]\n'
        '[record]\ncarrier = "branch"\n'
    )
    trust = read_trust(MemoryTree({CONFIG: text.replace("\n", "\r\n").encode()}))
    assert trust.url == "https://host.example.com/team/repo"
    assert trust.policy == Policy(
        require_review=False,
        reviewers=("lead@example.com",),
        max_waiver_days=30,
        staleness="bytes",
        accept=("key", "forge"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[repo]\nid = 1\n", f"{CONFIG}:2: `id` is not a text"),
        ("[policy]\n", f"{CONFIG}:1: the repository has no id"),
        ('[repo]\nid = "a"\n[policy]\nrequire_reviw = true\n', f"{CONFIG}:4: unknown key `require_reviw`"),
        ('[repo]\nid = "a"\n[polcy]\n', f"{CONFIG}:3: unknown table `polcy`; did you mean `policy`?"),
        ('[repo]\nid = "a"\nreviewers = []\n', "it belongs in [policy]"),
        ('schemas = ["a"]\n', "put it in mlcheck.toml"),
        ('[repo]\nid = "a"\n[policy]\nmax_waiver_days = true\n', f"{CONFIG}:4: `max_waiver_days` is not a number"),
        ('[repo]\nid = "a"\n[policy]\nmax_waiver_days = 0\n', "above 0"),
        ('[repo]\nid = "a"\n[policy]\nstaleness = "byte"\n', 'one of "exhibit", "bytes"'),
        ('[repo]\nid = "a"\n[policy]\naccept = ["unsigned"]\n', 'some of "key", "forge"'),
        ('[repo]\nid = "a"\n[policy]\nreviewers = "x"\n', "a list of texts"),
        ('[repo]\nid = "a"\nurl = "javascript:x"\n', "an https:// address"),
        ('[repo]\nid = "a"\nurl = "https://h/<script>"\n', "an https:// address"),
        ('[repo]\nid = "a"\n[record]\ncarrier = "ref"\n', 'one of "branch"'),
        ('[repo\nid = "a"\n', f"{CONFIG}:1: not TOML"),
        ('[repo]\nid = "a\\u202e"\n', "a text on one line"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, expected: str) -> None:
    assert expected in error_in(text)


def test_a_config_that_is_not_utf8_is_told() -> None:
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read_trust(MemoryTree({CONFIG: b"\xff"}))


def test_signers_are_read_with_their_options() -> None:
    text = f'# c\n\na@example.com,b@example.com namespaces="mlcheck-signoff,git",valid-before=20300101Z {KEY} note\r\n'
    (signer,) = read_allowed_signers(text.encode(), SIGNERS).signers
    assert signer.people == ("a@example.com", "b@example.com")
    assert signer.options == {"namespaces": "mlcheck-signoff,git", "valid-before": "20300101Z"}
    assert signer.fingerprint == "SHA256:EglVG424p+VXZNid9hVAQxsxvy/5UlOhXts3Jc3+NCQ"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (KEY, "not a line of allowed signers"),
        ("a@example.com", "not a line of allowed signers"),
        (f"a@example.com namespace=x {KEY}", "unknown option `namespace`; did you mean `namespaces`?"),
        (f"a@example.com valid-after=soon {KEY}", "`valid-after` is no time"),
        (f"a@example.com no-touch-required {KEY}", "unknown option"),
        ("a@example.com ssh-ed25519 AAAA!", "the key is not base64"),
    ],
)
def test_a_line_that_is_none_is_told(line: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_allowed_signers(f"# first\n{line}\n".encode(), SIGNERS)
    assert caught.value.line().startswith(f"{SIGNERS}:2: {expected}")


@given(st.text(max_size=80))
def test_no_text_makes_the_readers_raise_anything_else(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    for read in (lambda: read_allowed_signers(data, SIGNERS), lambda: read_trust(MemoryTree({CONFIG: data}))):
        try:
            read()
        except ConfigurationError:
            continue
