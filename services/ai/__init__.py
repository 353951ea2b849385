"""The AI service: answers a customer with a language model, within a deadline and a budget.

In reading order:

    main             settings → parts → run
    worker           handles a record of `ai.requests`
    answer_store     finds an answer that was paid for already
    answerer         one answer from beginning to end
    answer_inputs    what is known of the conversation → `prompt`
    routing          chooses the fast or the smart model, by signals and `routing_words`
    calls            asks the models in turn; each call passes the `gate` (breaker, budget) and goes to `vendors`
    tools            what a model may look up or propose
    checks           what an answer may not say
    outputs          the records that an answer becomes

Beside them: `pricing` (costs), `text` (cleaning and formatting), `summaries` (of long conversations), `stalls`; jobs of
the console: `replays`, `suggestions`, with `job_models` (the models as jobs call them).
"""
