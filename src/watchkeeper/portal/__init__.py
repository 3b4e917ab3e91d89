"""The intranet portal: what asset owners have to mend and the SOC's reports, as a folder of static pages for any web server."""
