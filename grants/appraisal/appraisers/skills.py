"""What an appraiser of housing and land programmes may know well; the codes are kept in profiles."""

SKILLS = {
    "housing": "Housing delivery",
    "planning": "Planning",
    "assembly": "Land assembly and acquisition",
    "remediation": "Ground conditions and remediation",
    "infrastructure": "Roads, utilities and flood works",
    "construction": "Construction and modern methods of building",
    "valuation": "Property valuation and disposals",
    "estates": "Public estate and shared buildings",
    "economics": "Economic appraisal and value for money",
    "finance": "Local government finance",
    "partnership": "Partnerships and governance",
    "regeneration": "Town centre regeneration",
    "energy": "Energy and net zero",
    "health": "Health and social care estate",
}
