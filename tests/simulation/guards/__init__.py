"""The guards of the engine, by what they are about, each with a way to take it away."""
