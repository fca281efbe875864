"""How strongly the parts of a model that drive each other do so: the gain of every closed loop, link by link."""
