"""``throughline intents``: own taxonomies, from the first examples to live and back."""

import typer

from cli.intents import correct, fit, jobs, measure, trusting, versions

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Train and use your own intent taxonomies"
)
app.command()(fit.train)
app.command()(fit.predict)
app.command()(measure.lint)
app.command()(measure.report)
app.command("list")(versions.list_taxonomies)
app.command()(versions.show)
app.command()(versions.diff)
app.command()(versions.threshold)
app.command()(versions.live)
app.command()(versions.rollback)
app.command()(correct.queue)
app.command()(correct.correct)
app.command()(correct.refit)
app.command()(correct.gaps)
app.command()(jobs.jobs)
app.add_typer(trusting.app, name="trust")
