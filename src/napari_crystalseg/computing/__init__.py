"""How arrays are computed: on which device, and by functions that are compiled."""
