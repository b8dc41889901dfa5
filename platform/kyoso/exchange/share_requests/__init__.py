"""Share requests (人材シェア依頼): a town asks another for somebody's hours; both and the person agree.

Also the staff of one town lent to another for some days (旅する公務員): the same steps, no hours.
"""
