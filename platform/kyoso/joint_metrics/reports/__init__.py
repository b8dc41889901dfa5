"""What leaves the screen: workbooks, reports, pictures, the public page, the digest (報告)."""
