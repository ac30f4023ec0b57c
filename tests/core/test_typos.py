"""Which domains look mistyped: only what nobody owns and means, and each with what was meant."""

import pytest

from omneo_reconcile.core.typos import likely_domains


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmial.co.uk", "hotmail.co.uk"),
        ("outlok.com", "outlook.com"),
        ("yahoo.co", "yahoo.com"),
        ("yaho.com.au", "yahoo.com.au"),
        ("icluod.com", "icloud.com"),
        ("live.ocm", "live.com"),
        ("firm.example.con", ".com"),
        ("firm.con.au", ".com.au"),
        ("firm.comau", ".com.au"),
        ("hotmail.con.au", "hotmail.com.au"),
        ("gmail.com.au", "gmail.com"),
        ("ggmail.com", "gmail.com"),
        ("gmall.com", "gmail.com"),
        ("icould.com", "icloud.com"),
        ("iclould.com", "icloud.com"),
    ],
)
def test_a_slip_of_a_common_domain_is_told_with_the_domain_meant(written, meant):
    assert likely_domains([written]) == {written: meant}


def test_what_somebody_owns_and_means_is_no_slip():
    real = """
        gmail.com googlemail.com mail.com gmx.com gmx.net ymail.com email.com hmail.com fmail.com zmail.com gail.com
        yahoo.com yahoo.com.au yahoo.co.uk yahoo.co.nz yahoo.fr yahoo.de yahoo.it yahoo.ca yahoo.in yahoo.co.jp
        hotmail.com hotmail.co.uk hotmail.com.au hotmail.fr hotmail.it outlook.com outlook.com.au outlook.fr
        live.com live.com.au live.co.uk live.nl life.com love.com olive.com me.com mac.com icloud.com cloud.com
        aol.com aol.co.uk msn.com mns.com proton.me protonmail.com pm.me bigpond.com bigpond.net.au optusnet.com.au
        iinet.net.au tpg.com.au internode.on.net xtra.co.nz qq.com 163.com me.co live.co aol.co msn.co
        bigpod.com opusnet.com.au shop.co my.company.com company.co firm.community firm.cm con.com example.com
        firm.com.au falcon.au decon.com.au conau.com
    """
    assert likely_domains(real.split()) == {}
