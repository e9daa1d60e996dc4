"""Files of DIALS: experiments and reflection tables, read without DIALS, and what its scaling takes."""
