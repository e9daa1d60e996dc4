"""The errors that a user can meet, each with a sentence that says what to do."""


class CrystalSegError(Exception):
    """Base of every error raised on purpose; its text is shown to the user as it is."""


class InputError(CrystalSegError, ValueError):
    """A file, array or parameter cannot be used; the text says what was wrong and what to do."""


class Cancelled(CrystalSegError):
    """The user cancelled the running work."""
