"""Cases of a series that could not be made."""

from __future__ import annotations

from ...errors import Cancelled, CrystalSegError

# So many failures before any success are no bad luck of one case.
_MOST_AT_FIRST = 3
_NAMED = 5


class FailedCases:
    """What went wrong in single cases, told when the others are made: one of a thousand must not stop the rest.

    Parameters
    ----------
    made : int
        Cases of the series that an earlier run has made: a series that goes on may begin with those that it could not.
    """

    def __init__(self, made: int = 0) -> None:
        self._errors: dict[int, CrystalSegError] = {}
        self._made = made

    def made(self) -> None:
        """Note a case that was made."""
        self._made += 1

    def note(self, case: int, error: CrystalSegError) -> None:
        """Note a case that was not; raises the error again where it is that of the whole series."""
        if isinstance(error, Cancelled):
            raise error
        self._errors[case] = error
        if self._made == 0 and len(self._errors) >= _MOST_AT_FIRST:
            raise error

    def tell(self) -> None:
        """Raise what happened, if anything did.

        Raises
        ------
        CrystalSegError
            The first error where no case was made, or a sentence that names the cases.
        """
        if not self._errors:
            return
        if self._made == 0:
            raise next(iter(self._errors.values()))
        told = [f"case {case}: {self._errors[case]}" for case in sorted(self._errors)[:_NAMED]]
        more = len(self._errors) - len(told)
        raise CrystalSegError(
            f"{len(self._errors)} of {self._made + len(self._errors)} cases could not be made; the others are there. "
            + " ".join(told)
            + (f" And {more} more." if more > 0 else "")
        )
