"""Words that every business means alike: heard alone, in any dress, and never within a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import phrases
from shared.text.phrases import folded, is_one_of

TABLES = {
    name: getattr(phrases, name)
    for name in ("OPT_OUT", "OPT_OUT_WHEN_IDLE", "OPT_IN", "MENU", "HELP", "GREETINGS", "POLITE")
}

HEARD = {
    "shouted": ("STOP", "OPT_OUT"),
    "with a mark": ("stop!", "OPT_OUT"),
    "in bold": ("*Stop*", "OPT_OUT"),
    "with an emoji": ("🛑 Stop 🙏🏽", "OPT_OUT"),
    "on a line of its own": ("\n  stop \r\n", "OPT_OUT"),
    "with a zero-width space inside": ("st\u200bop", "OPT_OUT"),
    "between bidirectional marks": ("\u202estop\u202c", "OPT_OUT"),
    "in wide letters": ("ＳＴＯＰ", "OPT_OUT"),
    "in mathematical letters": ("𝐒𝐓𝐎𝐏", "OPT_OUT"),
    "with an accent that is composed": ("Arrêt", "OPT_OUT"),
    "with an accent that is not": ("ARRE\u0302T", "OPT_OUT"),
    "of two words": ("Stop,  please!!", "OPT_OUT"),
    "in Spanish": ("¡Darme de baja!", "OPT_OUT"),
    "in Portuguese": ("Não quero mais mensagens.", "OPT_OUT"),
    "ambiguous while something is going on": ("Cancelar", "OPT_OUT_WHEN_IDLE"),
    "back again": ("Unstop", "OPT_IN"),
    "back again, in Spanish": ("ALTA", "OPT_IN"),
    "back again, in Portuguese": ("voltar", "OPT_IN"),
    "back again, in French": ("démarrer", "OPT_IN"),
    "the menu": ("MENÚ", "MENU"),
    "help": ("À l'aide !", "HELP"),
    "a greeting": ("Olá 👋", "GREETINGS"),
}
NOT_HEARD = {
    "its opposite": "don't stop",
    "in a sentence": "is there a bus stop near you?",
    "as a part of a word": "nonstop",
    "twice": "stop stop",
    "split by a null byte": "st\x00op",
    "only marks": "?!",
    "nothing": "",
    "right-to-left text": "\u0642\u0641 \u0627\u0644\u0622\u0646",
    "drowned in white space": "stop" + " " * 600,
}


@pytest.mark.parametrize("case", HEARD)
def test_a_word_is_heard_in_any_dress(case: str) -> None:
    said, table = HEARD[case]
    assert is_one_of(said, TABLES[table])


@pytest.mark.parametrize("case", NOT_HEARD)
def test_a_text_that_says_more_or_less_is_not(case: str) -> None:
    assert not is_one_of(NOT_HEARD[case], phrases.OPT_OUT)


def test_a_workspaces_own_words_may_be_written_in_any_way() -> None:
    assert is_one_of("genug jetzt", ("Genug jetzt!",))
    assert is_one_of("genug jetzt", frozenset(("Genug jetzt!",)))
    assert not is_one_of("stop sending me these", phrases.OPT_OUT)
    assert is_one_of("stop sending me these", (*phrases.OPT_OUT, "Stop sending me these"))


def test_the_tables_are_written_as_they_are_compared() -> None:
    for name, table in TABLES.items():
        assert {word for word in table if folded(word) != word} == set(), name


def test_no_word_means_two_things() -> None:
    commands = [TABLES[name] for name in ("OPT_OUT", "OPT_OUT_WHEN_IDLE", "OPT_IN", "MENU", "HELP")]
    assert sum(map(len, commands)) == len(frozenset().union(*commands))


@given(st.text(max_size=400))
def test_any_text_folds_to_the_same_when_folded_again(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert is_one_of(text, (text,)) == bool(folded(text))
