import gc

gc.disable()  # collecting while modules are imported takes up to a third of the start; `Process` enables it again

from services.console.main import main  # noqa: E402

raise SystemExit(main())
