from devtools.web.build import main

raise SystemExit(main())
