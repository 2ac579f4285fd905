"""Models, materials and the room with which the sample photos are made."""
