"""`parley bench console`: measures what the console does, one module per measurement.

database.py      a MongoDB server whose data is kept     seeding.py   a workspace with a million conversations
inbox.py         pages of folders, and all below          readers.py   concurrent readers and their latencies
previews.py      four ways  to read the last words        search.py    searches among a million customers
conversation.py  pages of a very long conversation
"""
