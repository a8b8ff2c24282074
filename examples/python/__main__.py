"""A web server whose page is deployed, checked, and kept in a snapshot."""

import pulumi
import pulumi_multipass_lab as multipass

config = pulumi.Config()

web = multipass.Instance(
    "web",
    image="24.04",
    cpus=2,
    memory="2G",
    cloud_init={"packages": ["nginx"]},
)

page = multipass.File(
    "page",
    instance=web,
    path="/var/www/html/index.html",
    content=f"<h1>{config.get('greeting') or 'Hello'}</h1>\n",
    user="root",
    # Pulumi then does not take the file out of a machine that is deleted anyway.
    opts=pulumi.ResourceOptions(deleted_with=web),
)

check = multipass.Command(
    "check",
    instance=web,
    create=["curl", "--fail", "--silent", "http://localhost/"],
    triggers=[page.sha256],
)

ready = multipass.Snapshot(
    "ready",
    instance=web,
    comment="as delivered",
    opts=pulumi.ResourceOptions(depends_on=[check], deleted_with=web),
)

pulumi.export("ip", web.ip_address)
pulumi.export("served", check.stdout)
pulumi.export("snapshot", ready.name)
