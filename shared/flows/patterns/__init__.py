"""Regular expressions that owners write: parsed by Python, matched by RE2 in linear time. Pure."""
