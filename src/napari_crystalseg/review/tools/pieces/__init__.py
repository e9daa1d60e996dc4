"""Tools for the connected pieces of a class: islands, holes, necks, and which class a piece is of."""
