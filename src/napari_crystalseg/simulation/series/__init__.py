"""Series of cases, side by side, and what of them is done."""
