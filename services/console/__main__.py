import gc

gc.disable()  # modules stay: to go through them while more come takes up to a third of the start. `Process` enables it.

from services.console.main import main  # noqa: E402

raise SystemExit(main())
