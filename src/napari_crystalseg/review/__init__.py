"""Review and correction of labels: edits with undo, tools that propose them, and where to look first."""
