"""Where a person is listed, or asked to be, and which needs of other towns would suit them."""
