"""How real the simulator is: exact solutions and figures to hold it against. Nothing in the product imports this."""
