"""`parley bench console`: measures what the console does, one module per measurement.

database.py      a MongoDB server whose data is kept     seeding.py   a workspace with a million conversations
inbox.py         pages of folders, and all below          readers.py   concurrent readers and their latencies
previews.py      four ways to read the last words         search.py    searches among a million customers
conversation.py  pages of a very long conversation        writes.py    what readers cost the router
page_readers.py  readers in a process of their own
flows.py         edits of a large flow and its simulation
builder.py       the same flow in a browser: opening, dragging, editing
owner.py         the person who signs in
open_inboxes.py  FAQ answers per second with and without open inboxes
api_requests.py  requests of a program at a steady rate; start and memory of the process
browser.py       the pages in Chromium: first screens, scrolling, a long conversation, messages as they come and go
browser_pages.py what is done in a page, and what it notes

live_resume.py   browsers interrupted while messages flow     live_roll.py    one of two replicas is stopped
live_fanout.py   thousands of sockets at one replica          raw_socket.py   a client that costs next to nothing
live_replica.py, live_child.py, live_traffic.py, live_screen.py, fault_proxy.py   what they are made of
"""
