"""With whom the home country cooperates: named here, or carried from what came before."""
