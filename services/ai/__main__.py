from services.ai.main import main

raise SystemExit(main())
