"""Every command as the user meets it: its name, arguments, options and help. What it does is in the module of its name.

Nothing heavy is imported here, so that help answers at once; a command's module is imported when it runs.
"""

import click

from omneo_reconcile import __version__
from omneo_reconcile.cli import offline_commands, tenant_commands
from omneo_reconcile.cli.sandbox_commands import sandbox

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 120}


_COMMANDS = [
    tenant_commands.plan,
    tenant_commands.apply,
    tenant_commands.explain,
    tenant_commands.import_,
    tenant_commands.check,
    offline_commands.validate,
    offline_commands.show,
    offline_commands.diff,
    offline_commands.fmt,
    offline_commands.init,
    offline_commands.schema,
    offline_commands.completion,
    sandbox,
]


@click.group(context_settings=_SETTINGS, commands=_COMMANDS)
@click.version_option(__version__, message="%(version)s")
def main() -> None:
    """Keep Omneo status membership under version control.

    A spec says which emails should hold which statuses. plan shows what would change, and why; apply does exactly that
    and proves it. Whatever is uncertain is reported and left alone, and nothing is touched that the spec does not name.

    \b
    Examples:
      omneo-reconcile validate specs
      omneo-reconcile plan specs --tenant acme --out plan.json
      omneo-reconcile apply plan.json --tenant acme

    \b
    Environment:
      OMNEO_TENANT    the tenant, where --tenant is not given
      OMNEO_TOKEN     its token, which is never the value of an option
      OMNEO_BASE_URL  its API, if not at the usual address
      CI              set: nobody is asked, and text shows emails masked
      NO_COLOR        set: no colours

    \b
    Exit codes:
      0    done, or nothing to do
      1    an error: access, the network, a file, a bug; or files that fmt would change
      2    changes are pending, where --detailed-exitcode asked for that
      3    refused by a limit or a policy; nothing was sent
      4    a plan that may not be applied here and now; nothing was sent
      5    partly done: run it again
      6    sent, but not all of it confirmed
      7    the tenant was not read to the end: nothing can be concluded
      64   wrong usage, or an invalid spec
      130  interrupted; 143 if the system did it
    """
