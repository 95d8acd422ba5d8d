"""Published scores of places, from which looked-up criteria take their marks."""
