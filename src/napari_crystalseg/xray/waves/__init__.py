"""Wave fields: through a turning sample, and on to the detector."""
