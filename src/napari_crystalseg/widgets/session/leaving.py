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
        self._asking = False

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
            Call it to ask no more.
        """
        self._hooks.append(hook)

        def forget() -> None:
            if hook in self._hooks:
                self._hooks.remove(hook)

        return forget

    def then(self, go_on: Callable[[], None], stay: Stay) -> None:
        """Call ``go_on`` when all hooks let the sample go, or ``stay`` with the sentence of the first that does not.

        While one is still asked, another leave is told to stay.
        """
        if self._asking:
            stay("The sample at hand is still being saved: wait a moment.")
            return
        self._asking = True
        waiting = list(self._hooks)

        def refuse(sentence: str) -> None:
            self._asking = False
            stay(sentence)

        def ask_next() -> None:
            if not waiting:
                self._asking = False
                go_on()
                return
            answered = False
            hook = waiting.pop(0)

            def once(answer: Callable[[], None]) -> None:
                nonlocal answered
                if not answered:
                    answered = True
                    answer()

            try:
                hook(lambda: once(ask_next), lambda sentence: once(lambda: refuse(sentence)))
            except BaseException:
                self._asking = False
                raise

        ask_next()
