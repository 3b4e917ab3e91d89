"""What the tickets of duties are told: one document each, short enough for a work note, with everything in its listing."""
