"""What a viewer may read of delivery."""
