from services.delivery.main import main

raise SystemExit(main())
