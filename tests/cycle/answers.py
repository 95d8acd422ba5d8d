"""What the council says in the round of the test, by the words of the questions. A text, a day, or a list of boxes."""

from datetime import date

OF_THE_BID = {
    "Your partnership": {
        "How does your partnership work?": "Its board meets every second month and decides on land together.",
        "Is the lead council already in a One Public Estate partnership?": ["Yes"],
        "When did your partnership's board agree this bid?": date(2026, 11, 9),
        "Who is the senior officer responsible for the bid?": "Rowan Field, director of place",
    },
    "Why public money is needed": {
        "What stands in the way of homes on this land?": "Old foundations, a missing sewer, and poor ground.",
        "Why would the market not bring the land forward by itself?": "It was marketed twice; two builders withdrew.",
        "What would happen to the land without this grant?": ["Nothing in the foreseeable future"],
    },
    "Homes and new ways of working": {
        "Which local housing need will these homes meet?": "1,900 households wait for a home.",
        "What mix of homes do you expect?": "One to three bedrooms, four in ten affordable.",
        "Who will build the homes?": ["A housing association", "Small or medium-sized builders"],
        "What will you do in a new way, and how will others learn from it?": "Panels made off site. We write it down.",
    },
    "Delivery": {
        "Who will do the work, and have they the time for it?": "A project manager and a surveyor, both in post.",
        "How will progress be watched and problems passed upwards?": "The board sees a dashboard each month.",
        "What are the three greatest risks, and what will you do about each?": "Ground, sewer, bats: all owned.",
        "How would you pay for costs above your estimate?": "From the council's capital reserve.",
    },
    "Equality and legal matters": {
        "How will the projects affect people with protected characteristics?": "A fifth of the homes suit wheelchairs.",
        "How does the grant stand with the rules on public subsidy?": ["It gives no subsidy to any enterprise"],
        "What is that answer based on?": "The works are for public land, after an open tender.",
        "How will you meet the duty to obtain the best price for the land?": ["We will sell at the best price"],
    },
}

OF_A_PROJECT = {
    "The works and the way to release": {
        "What will the grant pay for?": ["Demolition", "Moving or providing utilities and sewers"],
        "What will be done, in what order?": "Clear the buildings, lay the sewer, level the ground.",
        "What is the cost based on?": ["A quantity surveyor's estimate"],
        "How much of the cost is contingency?": "45,000",
        "Does the council hold the land free of anything that could delay its release?": ["Yes"],
        "What will count as the release of the land?": ["A development agreement"],
        "When do you expect the land to be released?": date(2028, 4, 3),
        "What permissions are still needed?": "Outline permission is granted; the rest comes in the spring.",
    },
    "Value for money": {
        "By how much does the scheme's cost exceed its value?": "610,000",
        "What is the land worth in its present use?": "£200,000.50",
        "What will it be worth for housing, once the works are done?": "1,550,000",
        "Why is this the least grant that will release the land?": "It is the gap, less what the council pays.",
    },
}
