"""Asks whoever holds unsaved work before another sample takes the place of the one at hand."""

from __future__ import annotations

from collections.abc import Callable

Leave = Callable[[], None]
Stay = Callable[[str], None]
Hook = Callable[[Leave, Stay], None]
"""Called as ``hook(leave, stay)``; calls one of the two, once, at once or as soon as it knows."""


class Leaving:
    """Hooks that are asked, one after the other, before the sample at hand is put away."""

    def __init__(self) -> None:
        self._hooks: list[Hook] = []
        self._asking: Hook | None = None

    @property
    def asking(self) -> bool:
        """Whether somebody is still asked."""
        return self._asking is not None

    def ask_first(self, hook: Hook) -> Callable[[], None]:
        """Ask a hook before every leave from now on.

        Parameters
        ----------
        hook : callable
            ``hook(leave, stay)``: calls ``leave()`` when the sample may go, at once or after a save that takes its
            time, or ``stay(sentence)`` when it must not, with a sentence that says why and what to do.

        Returns
        -------
        callable
            Call it to ask no more. What it would still answer counts no more either, such as that of a dock which is
            closed meanwhile: nothing follows then.
        """
        self._hooks.append(hook)

        def forget() -> None:
            if hook in self._hooks:
                self._hooks.remove(hook)
            if self._asking is hook:
                self._asking = None

        return forget

    def then(self, go_on: Callable[[], None], stay: Stay) -> None:
        """Call ``go_on`` when all hooks let the sample go, or ``stay`` with the sentence of the first that does not.

        While one is still asked, another leave is told to stay.
        """
        if self.asking:
            stay("The sample at hand is still being saved: wait a moment.")
            return
        waiting = list(self._hooks)

        def ask_next() -> None:
            if not waiting:
                go_on()
                return
            hook = self._asking = waiting.pop(0)
            answered = False

            def once(answer: Callable[[], None]) -> None:
                nonlocal answered
                if not answered and self._asking is hook:
                    answered, self._asking = True, None
                    answer()

            try:
                hook(lambda: once(ask_next), lambda sentence: once(lambda: stay(sentence)))
            except BaseException:
                self._asking = None
                raise

        ask_next()
