"""Three topics written as the users of other tools would, measured beside this one."""
