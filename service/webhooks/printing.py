"""Text from somebody else, made fit to be stored and shown."""

# Control characters, those that reorder the text around them, and halves of surrogate pairs, which JSON may hold and
# UTF-8 may not; a carriage return is dropped.
_REPLACED: dict[int, str | None] = {
    code: "\ufffd"
    for code in (
        *(*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
        *range(0xD800, 0xE000),
    )
    if chr(code) not in "\n\t"
}
_REPLACED[ord("\r")] = None


def printable(text: str) -> str:
    """`text` safe to store and to show: no terminal codes, no NUL, no reordering; newline and tab stay."""
    return text.translate(_REPLACED)
