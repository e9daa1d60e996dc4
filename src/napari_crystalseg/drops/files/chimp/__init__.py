"""Files as CHiMP writes and reads them: positions as CSV, and masks as ``.npz``."""
