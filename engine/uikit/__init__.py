"""Rocket.Chat's blocks, which its apps and scripts make: read by `blocks.read`, whatever they hold."""
