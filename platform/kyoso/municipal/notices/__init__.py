"""Notices (お知らせ): what a town tells everybody on its portal."""
